/**
 * What runs in the browser. It asks for everything twice a second, keeps the elements of what is still there, and
 * writes text only as text: names come from whoever calls the API.
 */
export const script = `
'use strict';
const byId = (id) => document.getElementById(id);
const make = (tag, className, text) => {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
};
const tell = async (method, path, body) => {
  const answer = await fetch('/_simulator' + path, { method, body: body && JSON.stringify(body) });
  if (!answer.ok) alert((await answer.json()).message);
  await look();
};

/** Makes the children of a list those of the items, in their order, keeping what is there; what left is struck out. */
function keep(list, items, keyOf, render, lingerMs = 0) {
  const old = new Map([...list.children].map((child) => [child.dataset.key, child]));
  let before = list.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    let element = old.get(key);
    old.delete(key);
    if (!element) { element = make('li'); element.dataset.key = key; }
    while (before && before.classList.contains('gone')) before = before.nextElementSibling;
    if (element === before) before = before.nextElementSibling;
    else list.insertBefore(element, before);
    element.classList.remove('gone');
    render(element, item);
  }
  for (const element of old.values()) {
    if (element.classList.contains('gone')) continue;
    if (!lingerMs) { element.remove(); continue; }
    element.classList.add('gone');
    setTimeout(() => element.classList.contains('gone') && element.remove(), lingerMs);
  }
}

/** Fills an element once, and again only when what it shows has changed. */
function fill(element, value, build) {
  const print = JSON.stringify(value);
  if (element.dataset.print === print) return;
  const isNew = element.dataset.print === undefined;
  element.dataset.print = print;
  build(isNew);
}

const tone = (status) => /err|fail/i.test(status) ? 'bad'
  : /^(ACTIVE|available|in-use|completed)$/.test(status) ? 'good' : 'busy';

function flash(element) {
  element.classList.remove('changed');
  void element.offsetWidth;
  element.classList.add('changed');
}

function head(thing, about) {
  const row = make('div', 'row' + (thing.hidden ? ' hidden' : ''));
  row.append(make('span', 'name', thing.name || '(no name)'), make('span', 'about', about));
  if (thing.status) row.append(make('span', 'status ' + tone(thing.status), thing.status));
  row.append(make('span', 'id', thing.id));
  return row;
}

function act(label, ...call) {
  const button = make('button', '', label);
  button.type = 'button';
  button.onclick = () => tell(...call);
  return button;
}

const volumeAbout = (volume) => volume.size + ' GiB ' + volume.type + ', ' + volume.region;

function renderVolume(element, volume) {
  fill(element, volume, () => {
    element.replaceChildren(head(volume, volumeAbout(volume)));
    flash(element);
  });
}

function renderInstance(element, { instance, volumes }) {
  if (!element.firstChild) element.append(make('div'), make('ul', 'inside'), make('div', 'acts'));
  const [top, inside, acts] = element.children;
  fill(top, instance, () => {
    const about = instance.flavor + ', ' + instance.image + ', ' + instance.region;
    const row = head(instance, about);
    if (instance.addresses.length) row.append(make('span', 'about', instance.addresses.join('  ')));
    top.replaceChildren(row);
    flash(element);
    const at = '/instances/' + instance.id;
    acts.replaceChildren(
      act('Break it', 'POST', at + '/status', { status: 'ERROR' }),
      act('Stop it', 'POST', at + '/status', { status: 'SHUTOFF' }),
      act('Delete it by hand', 'DELETE', at),
    );
  });
  keep(inside, volumes, ({ id }) => id, renderVolume);
}

function renderCall(element, call) {
  fill(element, call, () => {
    const time = new Date(call.time).toTimeString().slice(0, 8);
    const status = make('span', 'status-code', call.status || '…');
    const path = make('span', 'path', call.path.replace(/([\\da-f]{8})(-[\\da-f]{4,12}){4}/g, '$1…'));
    path.title = call.path;
    if (call.status >= 400) status.style.color = 'var(--bad)';
    element.replaceChildren(make('time', '', time), make('span', '', call.method), status, path);
    if (call.fault) element.append(make('span', 'fault', call.fault));
  });
}

const short = (fault) => fault.kind + (fault.times > 1 ? ' × ' + fault.times : '') +
  ' for ' + (fault.method || 'any') + ' ' + (fault.path || '**').replace(/^\\/cloud\\/project\\/[^/]+/, '…');

function renderCircumstances({ delays, switches, regions }) {
  const delayList = byId('delays');
  for (const [name, ms] of Object.entries(delays)) {
    let input = delayList.querySelector('[name="' + name + '"]');
    if (!input) {
      const label = make('label', '', name + ' ');
      input = make('input');
      input.type = 'number';
      input.name = name;
      input.onchange = () => tell('POST', '/settings', { [name]: Number(input.value) });
      label.append(input);
      delayList.append(label);
    }
    if (document.activeElement !== input) input.value = ms;
  }
  renderChoices(byId('switches'), switches, (name, value) => tell('POST', '/switches', { [name]: value }));
  renderChoices(byId('regions'), regions, (name, status) => tell('POST', '/regions/' + name + '/status', { status }));
}

function renderChoices(list, choices, choose) {
  for (const { name, positions, position } of choices) {
    let select = list.querySelector('[name="' + name + '"]');
    if (!select) {
      const label = make('label', '', name + ' ');
      select = make('select');
      select.name = name;
      for (const each of positions) select.append(new Option(each, each));
      select.onchange = (event) => choose(name, event.target.value);
      label.append(select);
      list.append(label);
    }
    if (document.activeElement !== select) select.value = position;
  }
}

function show(overview) {
  const { instances, volumes, others, calls, faults } = overview;
  const choice = byId('project');
  if (choice.length !== overview.projects.length)
    choice.replaceChildren(...overview.projects.map(({ id, description }) => new Option(description + ' — ' + id, id)));
  choice.value = overview.projectId;
  const holds = (instance) => volumes.filter(({ attachedTo }) => attachedTo.includes(instance.id));
  const there = new Set(instances.map(({ id }) => id));
  const free = volumes.filter(({ attachedTo }) => !attachedTo.some((id) => there.has(id)));
  const key = ({ id }) => id;
  keep(byId('instances'), instances.map((instance) => ({ instance, volumes: holds(instance) })),
    ({ instance }) => instance.id, renderInstance, 2500);
  keep(byId('volumes'), free, key, renderVolume, 0);
  keep(byId('others'), others, key, (element, thing) =>
    fill(element, thing, () => element.replaceChildren(head(thing, thing.kind))), 0);
  keep(byId('calls'), calls, ({ number }) => String(number), renderCall);
  keep(byId('faults'), faults.map((fault, index) => ({ fault, index })), ({ index }) => String(index),
    (element, { fault }) => { element.textContent = short(fault); });
  byId('no-instances').hidden = instances.length > 0;
  byId('no-volumes').hidden = free.length > 0;
  byId('other-things').hidden = others.length === 0;
  byId('count').textContent = instances.length + ' instances, ' + volumes.length + ' volumes';
  renderCircumstances(overview);
}

let projectId = new URLSearchParams(location.search).get('project') || '';
let looking;
async function look() {
  if (looking) return looking;
  looking = (async () => {
    const live = byId('live');
    try {
      const answer = await fetch('/_simulator/overview?projectId=' + encodeURIComponent(projectId));
      if (!answer.ok) throw new Error();
      const overview = await answer.json();
      projectId = overview.projectId;
      show(overview);
      live.textContent = '● live';
      live.className = '';
    } catch {
      live.textContent = '● the simulator has ended';
      live.className = 'lost';
    }
  })();
  await looking;
  looking = undefined;
}

byId('project').onchange = (event) => {
  projectId = event.target.value;
  history.replaceState(null, '', '?project=' + encodeURIComponent(projectId));
  look();
};
const project = (path) => '/cloud/project/' + projectId + path;
const troubles = {
  'Lose the answer to the next instance': () => ({ method: 'POST', path: project('/**instance'), kind: 'reset-after' }),
  'Lose the answer to the next volume': () => ({ method: 'POST', path: project('/**volume'), kind: 'reset-after' }),
  'The next instance ends in ERROR': () => ({ method: 'POST', path: project('/**instance'), kind: 'instance-error' }),
  'The next volume ends in error': () => ({ method: 'POST', path: project('/**volume'), kind: 'volume-error' }),
  'Refuse the next volume': () => ({ method: 'POST', path: project('/**volume'), kind: 'status', status: 400 }),
  'The next list is empty': () => ({ path: project('/**'), kind: 'list-incomplete' }),
  'Mix up the answer to the next instance': () => ({ method: 'POST', path: project('/**instance'), kind: 'answer-of-another' }),
  'Three calls meet a 500': () => ({ path: project('/**'), kind: 'status', status: 500, times: 3 }),
  'Five calls meet a 429': () => ({ path: project('/**'), kind: 'rate-limit', times: 5, retryAfter: 1 }),
  'Five calls take 3 s': () => ({ path: project('/**'), kind: 'delay', delayMs: 3000, times: 5 }),
};
for (const [label, fault] of Object.entries(troubles)) {
  const button = make('button', '', label);
  button.type = 'button';
  button.onclick = () => tell('POST', '/faults', fault());
  byId('troubles').append(button);
}
byId('forget').onclick = () => tell('DELETE', '/faults');
setInterval(() => { if (!document.hidden) look(); }, 500);
document.addEventListener('visibilitychange', look);
look();
`;
