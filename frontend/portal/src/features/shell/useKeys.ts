import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import type { Destination } from "./navigation.ts";

const setting = "single-keys";
export const singleKeys = () => localStorage.getItem(setting) !== "off";
export const setSingleKeys = (on: boolean) => localStorage.setItem(setting, on ? "on" : "off");

const typing = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

type Props = { tenant: string; destinations: Destination[]; openPalette: () => void; openHelp: () => void };

/** Ctrl K searches everything, `/` finds in this list, `g` and a letter goes to a page, `?` shows them all. */
export function useKeys({ tenant, destinations, openPalette, openHelp }: Props) {
  const go = useNavigate();
  const going = useRef(0);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        openPalette();
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || !singleKeys()) return;
      const afterG = performance.now() - going.current < 1500;
      going.current = 0;
      const wanted = afterG ? destinations.find((destination) => destination.key === event.key) : undefined;
      if (wanted) void go({ to: wanted.to, params: { tenant } });
      else if (event.key === "g") going.current = performance.now();
      else if (event.key === "?") openHelp();
      else if (event.key === "/") {
        const field = document.querySelector<HTMLInputElement>("input[data-find]");
        if (field) field.focus();
        else openPalette();
      } else return;
      event.preventDefault();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [go, tenant, destinations, openPalette, openHelp]);
}
