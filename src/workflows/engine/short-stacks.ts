/*
 * The SDK takes a stack trace of every promise that a workflow makes, for Temporal's "Call Stack"; with ten frames that is a
 * third of what the replay of a large fleet computes (decision 12). The first one or two are the SDK's own, so three leave the
 * line of ours that waits. A worker preloads this; whoever bundles these workflows with their own keeps their own stack traces.
 */
Error.stackTraceLimit = 3;
