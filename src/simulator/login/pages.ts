import { html } from 'hono/html';

import type { Credential } from '../world/credentials.ts';

/** HTML with everything in it escaped. */
export type Fragment = ReturnType<typeof html>;

/** How long a person lets an application in. */
export const durations = [
  { value: 'unlimited', label: 'Unlimited', seconds: null },
  { value: '1h', label: '1 hour', seconds: 3_600 },
  { value: '1d', label: '1 day', seconds: 86_400 },
  { value: '7d', label: '7 days', seconds: 604_800 },
  { value: '30d', label: '30 days', seconds: 2_592_000 },
] as const;

const style = html`<style>
  :root {
    color-scheme: light dark;
    font:
      16px/1.5 system-ui,
      sans-serif;
  }
  main {
    max-width: 34rem;
    margin: 10vh auto;
    padding: 0 1rem;
  }
  h1 {
    font-size: 1.4rem;
  }
  td {
    padding: 0.1rem 1rem 0.1rem 0;
    font-family: ui-monospace, monospace;
  }
  label {
    display: block;
    margin: 0.8rem 0;
  }
  input,
  select {
    display: block;
    width: 100%;
    box-sizing: border-box;
  }
  input,
  select,
  button {
    padding: 0.4rem 0.6rem;
    font: inherit;
  }
  [role='alert'] {
    color: light-dark(#b3261e, #f2b8b5);
  }
</style>`;

/** What is asked for, and by whom, with a form to agree or not. */
export function validationPage({ application, rules, allowedIPs }: Credential, problem?: string): Fragment {
  const alert = problem === undefined ? '' : html`<p role="alert">${problem}</p>`;
  return shell(
    `Application ${application.id}`,
    html`
      <p>Application ${application.id} of ${application.account} asks for the right to make these calls:</p>
      <table>
        ${rules.map(
          ({ method, path }) =>
            html`<tr>
              <td>${method}</td>
              <td>${path}</td>
            </tr>`,
        )}
      </table>
      <p>From ${allowedIPs === null ? 'any address' : allowedIPs.join(', ')}.</p>
      ${alert}
      <form method="post">
        <label
          >Account <input name="account" value="${application.account}" autocomplete="username" required
        /></label>
        <label>Password <input name="password" type="password" autocomplete="off" required /></label>
        <label
          >Validity
          <select name="duration">
            ${durations.map(({ value, label }) => html`<option value="${value}">${label}</option>`)}
          </select></label
        >
        <button name="decision" value="accept">Authorize access</button>
        <button name="decision" value="refuse">Refuse</button>
      </form>
      <p><small>This is a simulated OVHcloud: any password will do.</small></p>
    `,
  );
}

export function messagePage(title: string, sentence: string): Fragment {
  return shell(title, html`<p>${sentence}</p>`);
}

function shell(title: string, content: Fragment): Fragment {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${title}</title>
        ${style}
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          ${content}
        </main>
      </body>
    </html>`;
}
