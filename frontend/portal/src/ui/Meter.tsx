import css from "./Meter.module.css";

/** Used of quota with the soft limit as a notch: neutral below it, amber above, red when full. */
export function Meter({
  used,
  quota,
  soft = 0.8,
  text,
  label,
}: {
  used: number;
  quota: number;
  soft?: number;
  text: string;
  label: string;
}) {
  const share = quota ? used / quota : 0;
  const level = share >= 1 ? "full" : share >= soft ? "near" : "fine";
  return (
    <div className={css.meter} data-level={level}>
      <span className={css.text}>{text}</span>
      <div
        className={css.bar}
        role="meter"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(Math.min(1, share) * 100)}
        aria-valuetext={text}
      >
        <i style={{ width: `${Math.min(100, share * 100)}%` }} />
        <b style={{ left: `${soft * 100}%` }} />
      </div>
    </div>
  );
}
