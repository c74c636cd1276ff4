/** The page's style sheet. */
export const style = `
:root {
  color-scheme: light dark;
  --ink: light-dark(#0b1f4b, #e6ecf7);
  --soft: light-dark(#5a6b8c, #9fb0cf);
  --paper: light-dark(#f5f7fb, #0d1424);
  --card: light-dark(#ffffff, #161f33);
  --line: light-dark(#dbe2ef, #2a3650);
  --accent: light-dark(#0050d7, #85a9ff);
  --good: light-dark(#0f7a45, #55d695);
  --busy: light-dark(#8a5a00, #f0bf5a);
  --bad: light-dark(#b3261e, #ff8f87);
  font: 15px/1.45 system-ui, sans-serif;
  color: var(--ink);
  background: var(--paper);
}
* { box-sizing: border-box; }
body { margin: 0; }
header {
  display: flex; flex-wrap: wrap; gap: .6rem 1.2rem; align-items: center;
  padding: .8rem 1.4rem; background: var(--card); border-bottom: 1px solid var(--line);
}
h1 { font-size: 1.15rem; margin: 0; }
h1 small { color: var(--soft); font-weight: 400; }
h2 { font-size: .8rem; letter-spacing: .06em; text-transform: uppercase; color: var(--soft); margin: 0 0 .5rem; }
main {
  display: grid; grid-template-columns: minmax(0, 3fr) minmax(20rem, 2fr);
  gap: 1.4rem; padding: 1.4rem; max-width: 100rem; margin: 0 auto; align-items: start;
}
@media (max-width: 62rem) { main { grid-template-columns: minmax(0, 1fr); } }
section { margin-bottom: 1.6rem; }
ul { list-style: none; margin: 0; padding: 0; }
.things > li {
  background: var(--card); border: 1px solid var(--line); border-radius: 8px;
  padding: .7rem .9rem; margin-bottom: .6rem;
}
.row { display: flex; flex-wrap: wrap; align-items: baseline; gap: .2rem .8rem; }
.name { font-weight: 600; overflow-wrap: anywhere; }
.about { color: var(--soft); }
.id { color: var(--soft); font: .8rem ui-monospace, monospace; flex-basis: 100%; overflow-wrap: anywhere; }
.status { font-weight: 600; margin-left: auto; white-space: nowrap; }
.status::before { content: '● '; }
.status.good { color: var(--good); }
.status.busy { color: var(--busy); }
.status.bad { color: var(--bad); }
.hidden .name::after { content: ' not in lists yet'; font-weight: 400; color: var(--busy); }
.inside { margin: .5rem 0 0; border-left: 3px solid var(--line); padding-left: .8rem; }
.inside > li { padding: .25rem 0; }
.changed { animation: changed 1.2s ease-out; }
@keyframes changed { from { background: color-mix(in srgb, var(--accent) 25%, transparent); } }
.gone { opacity: .45; text-decoration: line-through; }
.gone .inside, .gone .acts { display: none; }
@media (prefers-reduced-motion: reduce) { .changed { animation: none; } }
.none { color: var(--soft); margin: 0; }
.acts { display: flex; flex-wrap: wrap; gap: .4rem; margin-top: .5rem; }
button, select, input {
  font: inherit; color: inherit; background: var(--card);
  border: 1px solid var(--line); border-radius: 6px; padding: .3rem .7rem;
}
button { cursor: pointer; }
button:hover { border-color: var(--accent); color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
li .acts button { font-size: .8rem; padding: .1rem .5rem; }
#faults { margin-top: .6rem; }
#faults li { color: var(--bad); }
#calls { font: .82rem/1.6 ui-monospace, monospace; }
#calls li { display: grid; grid-template-columns: 5.2rem 3.8rem 3.2rem minmax(0, 1fr); gap: .5rem; }
#calls .path { overflow-wrap: anywhere; }
#calls .fault { color: var(--bad); grid-column: 4; }
#calls time { color: var(--soft); }
details { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .6rem .9rem; }
summary { cursor: pointer; }
details label { display: flex; justify-content: space-between; gap: 1rem; align-items: center; padding: .15rem 0; }
details input { width: 7rem; text-align: right; }
#live { margin-left: auto; color: var(--good); }
#live.lost { color: var(--bad); }
`;
