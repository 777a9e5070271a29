/** Long work is looked at every second for half a minute, then every two seconds, until it has ended. */
export function pollUntil(ended: boolean, startedAt: number, now = Date.now()): number | false {
  if (ended) return false;
  return now - startedAt < 30_000 ? 1000 : 2000;
}
