// The whole life of an instance through OVHcloud's own Node client, as its README uses it. Prints one line of JSON.
import createClient from 'ovh';

const { host, port, applicationKey, applicationSecret, consumerKey, projectId } = JSON.parse(process.argv[2]);
const ovh = createClient({ host, port, appKey: applicationKey, appSecret: applicationSecret, consumerKey });
const root = `/cloud/project/${projectId}`;
const call = (method, path, params) => ovh.requestPromised(method, path, params);

async function until(path, status) {
  for (;;) {
    const thing = await call('GET', path);
    if (thing.status === status) return thing;
    if (/error/i.test(thing.status)) throw new Error(`${path} is ${thing.status}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function statusOf(method, path, params) {
  try {
    await call(method, path, params);
    return 200;
  } catch ({ error }) {
    return error;
  }
}

async function untilGone(path) {
  while ((await statusOf('GET', path)) === 200) await new Promise((resolve) => setTimeout(resolve, 20));
}

const projects = await call('GET', '/cloud/project');
const regions = await call('GET', `${root}/region`);
const flavors = await call('GET', `${root}/flavor`, { region: 'GRA11' });
const images = await call('GET', `${root}/image`, { region: 'GRA11', osType: 'linux' });
const flavor = flavors.find(({ name, osType }) => name === 'b3-8' && osType === 'linux');
const image = images.find(({ name, status }) => name === 'Debian 12' && status === 'active');
const key = await call('POST', `${root}/sshkey`, {
  name: 'métal',
  publicKey: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGZ1enpmdXp6ZnV6emZ1eno= me@home',
});

const wanted = { name: 'web-é', region: 'GRA11', flavorId: flavor.id, imageId: image.id, sshKeyId: key.id };
const { id } = await call('POST', `${root}/instance`, wanted);
const instance = await until(`${root}/instance/${id}`, 'ACTIVE');
const volume = await call('POST', `${root}/volume`, {
  name: 'data',
  region: 'GRA11',
  size: 10,
  type: 'classic',
});
await until(`${root}/volume/${volume.id}`, 'available');
await call('POST', `${root}/volume/${volume.id}/attach`, { instanceId: id });
const attached = await until(`${root}/volume/${volume.id}`, 'in-use');
await call('POST', `${root}/instance/${id}/reboot`, { type: 'soft' });
await until(`${root}/instance/${id}`, 'ACTIVE');
await call('POST', `${root}/instance/${id}/stop`);
await until(`${root}/instance/${id}`, 'SHUTOFF');
await call('POST', `${root}/instance/${id}/start`);
await until(`${root}/instance/${id}`, 'ACTIVE');
await call('POST', `${root}/volume/${volume.id}/detach`, { instanceId: id });
await until(`${root}/volume/${volume.id}`, 'available');
const snapshot = await call('POST', `${root}/volume/${volume.id}/snapshot`, { name: 'before' });
await until(`${root}/volume/snapshot/${snapshot.id}`, 'available');
const listed = await call('GET', `${root}/volume`, { region: 'GRA11' });

const stranger = createClient({ host, port, appKey: applicationKey, appSecret: 'wrong', consumerKey });
const refused = {
  unknownParameter: await statusOf('POST', `${root}/volume`, {
    region: 'GRA11',
    size: 10,
    type: 'classic',
    colour: 'red',
  }),
  otherProject: await statusOf('GET', '/cloud/project/00000000000000000000000000000000'),
  badSignature: await stranger.requestPromised('GET', root).catch(({ error }) => error),
};

await call('DELETE', `${root}/volume/snapshot/${snapshot.id}`);
await untilGone(`${root}/volume/snapshot/${snapshot.id}`);
await call('DELETE', `${root}/volume/${volume.id}`);
await call('DELETE', `${root}/instance/${id}`);
await call('DELETE', `${root}/sshkey/${key.id}`);
await untilGone(`${root}/volume/${volume.id}`);
await untilGone(`${root}/instance/${id}`);

console.log(
  JSON.stringify({
    projects,
    regions,
    addresses: instance.ipAddresses.length,
    name: instance.name,
    attachedTo: attached.attachedTo,
    listed: listed.map(({ name }) => name),
    refused,
  }),
);
