import { html } from 'hono/html';

/** The page at the simulator's root: a frame that the script fills. */
export const page = html`<!doctype html>
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width" />
      <title>OVHcloud, simulated</title>
      <link rel="icon" href="data:," />
      <link rel="stylesheet" href="/_simulator/page.css" />
      <script src="/_simulator/page.js" defer></script>
    </head>
    <body>
      <header>
        <h1>Public Cloud <small>simulated</small></h1>
        <label
          >Project
          <select id="project"></select
        ></label>
        <span id="count" class="about"></span>
        <span id="live" role="status">…</span>
      </header>
      <main>
        <div>
          <section aria-labelledby="instances-title">
            <h2 id="instances-title">Instances, and the volumes attached to them</h2>
            <p id="no-instances" class="none">No instance. What clients make shows up here.</p>
            <ul id="instances" class="things"></ul>
          </section>
          <section aria-labelledby="volumes-title">
            <h2 id="volumes-title">Volumes attached to nothing</h2>
            <p id="no-volumes" class="none">No volume is left lying about.</p>
            <ul id="volumes" class="things"></ul>
          </section>
          <section id="other-things" aria-labelledby="others-title" hidden>
            <h2 id="others-title">Keys, snapshots and orders under way</h2>
            <ul id="others" class="things"></ul>
          </section>
        </div>
        <div>
          <section aria-labelledby="troubles-title">
            <h2 id="troubles-title">What shall go wrong?</h2>
            <div id="troubles" class="acts"></div>
            <ul id="faults"></ul>
            <div class="acts"><button id="forget" type="button">Forget what waits to happen</button></div>
          </section>
          <section>
            <details>
              <summary>How this OVHcloud behaves</summary>
              <h2>Times, in milliseconds</h2>
              <div id="delays"></div>
              <h2>Regions</h2>
              <div id="regions"></div>
              <h2>Where nobody knows</h2>
              <div id="switches"></div>
            </details>
          </section>
          <section aria-labelledby="calls-title">
            <h2 id="calls-title">Last calls</h2>
            <ul id="calls"></ul>
          </section>
        </div>
      </main>
    </body>
  </html>`;
