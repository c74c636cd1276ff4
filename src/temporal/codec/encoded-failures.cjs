'use strict';
// CommonJS, because the SDK loads it by `require`, and so it runs from sources as from `dist`.
const { DefaultFailureConverter } = require('@temporalio/common');

/** Failures whose message and stack trace are payloads, so that a codec encrypts them as well. */
exports.failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
