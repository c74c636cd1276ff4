import {
  defaultGrpcRetryOptions,
  makeGrpcRetryInterceptor,
  type ConnectionOptions,
} from '@temporalio/client';

type Interceptor = NonNullable<ConnectionOptions['interceptors']>[number];
type Call = ReturnType<Parameters<Interceptor>[1]>;

/** gRPC's `CANCELLED`, which is not tried again. */
const CANCELLED = 1;

const retry: Interceptor = makeGrpcRetryInterceptor(defaultGrpcRetryOptions());

/**
 * Tries again as Temporal's client does by default, but once the connection is closed the call ends. By default the timer
 * of the next attempt throws "Channel has been shut down", which no promise catches: it ends the process.
 */
export const retryUntilClosed: Interceptor = (options, nextCall) =>
  retry(options, (again) => {
    try {
      return nextCall(again);
    } catch (error) {
      return ended(String(error));
    }
  });

/** A call that was cancelled before it was sent. */
function ended(details: string): Call {
  const nothing = () => undefined;
  return {
    start: (metadata, listener) => {
      setImmediate(() => {
        listener?.onReceiveMessage?.(null);
        // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- gRPC's enum is not Temporal's to give
        listener?.onReceiveStatus?.({ code: CANCELLED, details, metadata });
      });
    },
    cancelWithStatus: nothing,
    getPeer: () => '',
    sendMessageWithContext: nothing,
    sendMessage: nothing,
    startRead: nothing,
    halfClose: nothing,
    getAuthContext: () => null,
  };
}
