import css from "./Area.module.css";

type Props = { values: number[]; label: string; width: number; height: number; limit?: number | undefined };

/**
 * A small trend: the figures stand beside it in words, so the drawing itself needs only a name. With a limit (the
 * quota) it starts at zero, without one at what makes the change visible.
 */
export function Area({ values, label, width, height, limit }: Props) {
  if (values.length < 2) return null;
  const top = Math.max(...values, limit ?? 0, 1) * 1.02;
  const floor = limit ? 0 : Math.min(...values) * 0.9;
  const x = (i: number) => (i / (values.length - 1)) * width;
  const y = (v: number) => height - 1 - ((v - floor) / (top - floor)) * (height - 4);
  const line = values.map((v, i) => `${i ? "L" : "M"}${x(i).toFixed(1)} ${y(v).toFixed(1)}`).join("");
  return (
    <svg
      className={css.area}
      viewBox={`0 0 ${width} ${height}`}
      width="100%"
      height={height}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <path className={css.fill} d={`${line}L${width} ${height}L0 ${height}Z`} />
      <path className={css.line} d={line} />
      {limit && <path className={css.limit} d={`M0 ${y(limit).toFixed(1)}H${width}`} />}
    </svg>
  );
}
