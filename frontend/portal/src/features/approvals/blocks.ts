/** At most so many squares are drawn: more are not counted at a glance. */
export const most = 60;

const steps = [1, 2, 5];

/** A round size of which an amount of bytes fills at most `most` squares, and how many it fills. */
export function blocksOf(bytes: number): { unit: number; count: number } {
  for (let power = 1_000_000; ; power *= 10)
    for (const step of steps) {
      const unit = power * step;
      if (bytes / unit <= most) return { unit, count: bytes / unit };
    }
}
