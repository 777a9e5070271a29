import { type ReactNode, useSyncExternalStore } from "react";
import { IntlProvider } from "use-intl/react";
import type { Messages } from "./messages.gen.ts";

declare module "use-intl" {
  interface AppConfig {
    Locale: Locale;
    Messages: Messages;
  }
}

export type TextGroup = Extract<keyof Messages, string>;
export const locales = ["en", "nl", "de", "fr"] as const;
export type Locale = (typeof locales)[number];

const files = import.meta.glob<{ default: Record<string, unknown> }>(["../features/*/messages/*.json", "../ui/messages/*.json"]);
let state: { locale: Locale; messages: Record<string, unknown> } = { locale: initial(), messages: {} };
document.documentElement.lang = state.locale;
const listeners = new Set<() => void>();
const set = (next: typeof state) => {
  state = next;
  document.documentElement.lang = next.locale;
  for (const tell of listeners) tell();
};

function initial(): Locale {
  const wanted = [localStorage.getItem("locale"), ...navigator.languages];
  return wanted.map((w) => locales.find((l) => w?.startsWith(l))).find(Boolean) ?? "en";
}

const texts = async (group: TextGroup, locale: Locale) =>
  (await files[group === "ui" ? `../ui/messages/${locale}.json` : `../features/${group}/messages/${locale}.json`]?.())?.default;

/** Fetches texts in the reader's language; routes call it in their loader, beside their data. */
export async function loadMessages(...groups: TextGroup[]): Promise<void> {
  const missing = groups.filter((group) => !(group in state.messages));
  if (!missing.length) return;
  const { locale } = state;
  const loaded = await Promise.all(missing.map(async (group) => [group, await texts(group, locale)] as const));
  // The language may have been changed meanwhile; then these are fetched again with the others.
  if (locale !== state.locale) return loadMessages(...groups);
  set({ locale, messages: { ...state.messages, ...Object.fromEntries(loaded) } });
}

/** What the reader chose on this machine, if anything. */
export const chosenLocale = () => localStorage.getItem("locale");

export async function setLocale(locale: Locale): Promise<void> {
  localStorage.setItem("locale", locale);
  if (locale === state.locale) return;
  const groups = Object.keys(state.messages) as TextGroup[];
  const loaded = await Promise.all(groups.map(async (group) => [group, await texts(group, locale)]));
  set({ locale, messages: Object.fromEntries(loaded) });
}

export const asLocale = (value: string): Locale => locales.find((l) => l === value) ?? "en";

export function I18n({ children }: { children: ReactNode }) {
  const now = useSyncExternalStore(
    (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    () => state,
  );
  return (
    <IntlProvider locale={now.locale} messages={now.messages as never} timeZone={Intl.DateTimeFormat().resolvedOptions().timeZone}>
      {children}
    </IntlProvider>
  );
}
