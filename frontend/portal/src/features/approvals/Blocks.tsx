import css from "./Approvals.module.css";
import { blocksOf } from "./blocks.ts";

const across = 20;
const side = 14;
const pitch = 17;

/** An amount as squares of a round size: the eye sees at once whether it is little or much. */
export function Blocks({ bytes, label, danger }: { bytes: number; label: string; danger: boolean }) {
  const { count } = blocksOf(bytes);
  const all = Math.max(1, Math.ceil(count));
  const rows = Math.ceil(all / across);
  return (
    <svg
      className={css.blocks}
      data-danger={danger || undefined}
      viewBox={`0 0 ${across * pitch - 3} ${rows * pitch - 3}`}
      width={across * pitch - 3}
      height={rows * pitch - 3}
      role="img"
      aria-label={label}
    >
      {Array.from({ length: all }, (_, i) => {
        const filled = Math.max(0, Math.min(1, count - i));
        const at = { x: (i % across) * pitch, y: Math.floor(i / across) * pitch };
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: squares differ by nothing but their place
          <g key={i}>
            <rect {...at} width={side} height={side} rx="2.5" className={css.empty} />
            {filled > 0 && <rect {...at} width={Math.max(2, side * filled)} height={side} rx="2.5" className={css.full} />}
          </g>
        );
      })}
    </svg>
  );
}
