import { memo } from "react";
import type { Health } from "~/api/client.ts";
import css from "./Strip.module.css";

export const healthOfDay: Record<string, Health> = {
  s: "ok",
  w: "warning",
  f: "failed",
  m: "missed",
  r: "running",
  c: "cancelled",
  u: "unknown",
  "-": "none",
};

const step = 6;
const height = 18;
/** One path per state and strip: a hundred rows stay a few hundred nodes. Height grows with what needs a look. */
const cell: Record<string, (x: number) => string> = {
  s: (x) => `M${x} 11h4v5h-4z`,
  w: (x) => `M${x} 16v-7l2-3 2 3v7z`,
  f: (x) => `M${x} 2h4v14h-4z`,
  m: (x) => `M${x + 0.6} 2.6h2.8v12.8h-2.8z`,
  r: (x) => `M${x} 7h4v1.8h-4zm0 3.6h4v1.8h-4zm0 3.6h4v1.8h-4z`,
  c: (x) => `M${x + 0.6} 8.6h2.8v6.8h-2.8z`,
  u: (x) => `M${x} 5h1.8v1.8h-1.8zm2.2 2.2h1.8v1.8h-1.8zm-2.2 2.2h1.8v1.8h-1.8zm2.2 2.2h1.8v1.8h-1.8zm-2.2 2.2h1.8v1.8h-1.8z`,
  "-": (x) => `M${x + 1} 14.5h2v1.5h-2z`,
};

export const Strip = memo(function Strip({ days, label }: { days: string; label: string }) {
  const paths = new Map<string, string>();
  for (let i = 0; i < days.length; i++) {
    const letter = days[i] ?? "-";
    paths.set(letter, (paths.get(letter) ?? "") + (cell[letter] ?? cell["-"])?.(i * step));
  }
  return (
    <svg
      className={css.strip}
      width={days.length * step - 2}
      height={height}
      viewBox={`0 0 ${days.length * step - 2} ${height}`}
      role="img"
      aria-label={label}
    >
      {[...paths].map(([letter, d]) => (
        <path key={letter} data-day={healthOfDay[letter] ?? "none"} d={d} />
      ))}
    </svg>
  );
});
