/** How long things take where clients are recorded, and where what they sent is sent again. */
export const replayed = { bootMs: 400, volumeMs: 200, attachMs: 200, deleteMs: 200, operationMs: 100 };
