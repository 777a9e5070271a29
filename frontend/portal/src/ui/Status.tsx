import type { Health } from "~/api/client.ts";
import css from "./Status.module.css";

/**
 * One shape per meaning, so that colour is never the only sign: filled = it ran, hollow = it did not run,
 * dashed = nobody knows.
 */
export function Shape({ of, size = 14 }: { of: Health; size?: number }) {
  return (
    <svg className={css.shape} data-of={of} width={size} height={size} viewBox="0 0 14 14" aria-hidden="true">
      {shapes[of]}
    </svg>
  );
}

const shapes: Record<Health, React.ReactNode> = {
  ok: (
    <>
      <circle cx="7" cy="7" r="6" fill="var(--c)" />
      <path
        d="m4.3 7.2 1.9 1.9 3.5-3.9"
        fill="none"
        stroke="var(--surface)"
        strokeWidth="1.6"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </>
  ),
  warning: (
    <>
      <path d="M7 1.2c.4 0 .8.2 1 .6l5 9c.4.8-.1 1.7-1 1.7H2c-.9 0-1.4-.9-1-1.7l5-9c.2-.4.6-.6 1-.6Z" fill="var(--c)" />
      <path d="M7 5v3.2M7 10.3v.1" stroke="var(--surface)" strokeWidth="1.5" strokeLinecap="round" />
    </>
  ),
  failed: (
    <>
      <rect x="1" y="1" width="12" height="12" rx="2.5" fill="var(--c)" />
      <path d="m4.6 4.6 4.8 4.8m0-4.8L4.6 9.4" stroke="var(--surface)" strokeWidth="1.6" strokeLinecap="round" />
    </>
  ),
  missed: <rect x="1.9" y="1.9" width="10.2" height="10.2" rx="2" fill="none" stroke="var(--c)" strokeWidth="1.8" />,
  cancelled: (
    <>
      <circle cx="7" cy="7" r="5.2" fill="none" stroke="var(--c)" strokeWidth="1.6" />
      <path d="m3.6 10.4 6.8-6.8" stroke="var(--c)" strokeWidth="1.6" />
    </>
  ),
  running: (
    <>
      <circle cx="7" cy="7" r="5.2" fill="none" stroke="var(--c)" strokeOpacity=".28" strokeWidth="1.8" />
      <path className={css.spin} d="M7 1.8A5.2 5.2 0 0 1 12.2 7" fill="none" stroke="var(--c)" strokeWidth="1.8" strokeLinecap="round" />
    </>
  ),
  unknown: (
    <>
      <circle cx="7" cy="7" r="5.3" fill="none" stroke="var(--c)" strokeWidth="1.5" strokeDasharray="2.2 1.95" />
      <path
        d="M5.5 5.6c.1-.9.8-1.4 1.6-1.4.9 0 1.5.6 1.5 1.3 0 1.1-1.5 1.2-1.5 2.3M7.1 9.8v.1"
        fill="none"
        stroke="var(--c)"
        strokeWidth="1.2"
        strokeLinecap="round"
      />
    </>
  ),
  none: <path d="M4 7h6" stroke="var(--c)" strokeWidth="1.8" strokeLinecap="round" />,
};

export function Status({ of, label }: { of: Health; label: string }) {
  return (
    <span className={css.status} data-of={of}>
      <Shape of={of} />
      {label}
    </span>
  );
}
