// Asks whether something answers well: the HEALTHCHECK of the image, which has no curl. Without an address it is the worker of
// this container that is asked, where it serves anything: without MOORING_METRICS_ADDRESS nobody can tell.
const { MOORING_METRICS_ADDRESS: address } = process.env;
const worker = address && `http://${address.replace(/^(0\.0\.0\.0|\[::\]):/, '127.0.0.1:')}/healthz`;
const url = process.argv[2] ?? worker;

if (url) {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(4000) });
    console.log((await answer.text()).trim());
    process.exitCode = answer.ok ? 0 : 1;
  } catch (error) {
    console.log(`no answer: ${error.cause?.message ?? error.message}`);
    process.exitCode = 1;
  }
}
