import { Popover, TextInput, UnstyledButton } from "@mantine/core";
import { IconChevronDown, IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useLocation, useNavigate } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { useTranslations } from "use-intl";
import type { Schemas } from "~/api/client.ts";
import { belowQuery } from "~/features/tenancy/queries.ts";
import css from "./TenantPath.module.css";

type Step = Schemas["Tenant"]["path"][number];

/** The page of the same kind for another tenant: lists are kept, single objects belong to their tenant. */
export const samePageFor = (pathname: string, tenant: string) => {
  const [, , , section, detail] = pathname.split("/");
  const kept = section && (section === "settings" && detail ? `/${section}/${detail}` : `/${section}`);
  return `/t/${tenant}${kept ?? ""}`;
};

/** Who is above and below, from the highest company that the reader may work for down to the one he works in. */
export function TenantPath({ path, home }: { path: Step[]; home: string }) {
  const t = useTranslations("shell");
  const reach = Math.max(
    0,
    path.findIndex((step) => step.id === home),
  );
  return (
    <ol className={css.path} aria-label={t("scope")}>
      {path.map((step, i) => (
        <li key={step.id}>
          {i < reach ? (
            <span className={css.above}>{step.name}</span>
          ) : (
            <Picker step={step} scope={path[Math.max(reach, i - 1)] ?? step} here={i === path.length - 1} />
          )}
        </li>
      ))}
    </ol>
  );
}

/** One step: a click shows this company and those around and below it, with a field that searches them. */
function Picker({ step, scope, here }: { step: Step; scope: Step; here: boolean }) {
  const t = useTranslations("shell");
  const ui = useTranslations("ui");
  const go = useNavigate();
  const { pathname } = useLocation();
  const [open, setOpen] = useState(false);
  const [q, setQ] = useState("");
  const list = useRef<HTMLUListElement>(null);
  const { data } = useQuery({ ...belowQuery(scope.id, q), enabled: open });
  const found = (data?.items ?? []).filter((other) => other.id !== step.id);
  const offered = q ? found : [{ ...scope, path: [] }, ...(step.id === scope.id ? [] : [{ ...step, path: [] }]), ...found];

  const choose = (tenant: string) => {
    setOpen(false);
    setQ("");
    void go({ to: samePageFor(pathname, tenant) });
  };
  const move = (from: number, to: number) => {
    const buttons = list.current?.querySelectorAll("button");
    (buttons?.[to] ?? buttons?.[from])?.focus();
  };

  return (
    <Popover opened={open} onChange={setOpen} position="bottom-start" width={320} trapFocus withRoles>
      <Popover.Target>
        <UnstyledButton
          className={css.step}
          data-here={here || undefined}
          {...(here && { "aria-current": "location" as const })}
          onClick={() => setOpen(!open)}
        >
          <span>{step.name}</span>
          <IconChevronDown size={14} stroke={1.8} aria-hidden="true" />
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown className={css.dropdown} aria-label={t("switch.label", { name: scope.name })}>
        <TextInput
          type="search"
          aria-label={t("switch.label", { name: scope.name })}
          placeholder={t("switch.label", { name: scope.name })}
          leftSection={<IconSearch size={15} stroke={1.7} aria-hidden="true" />}
          value={q}
          data-autofocus
          onChange={(event) => setQ(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "ArrowDown") {
              event.preventDefault();
              move(0, 0);
            } else if (event.key === "Enter" && offered[0]) choose(offered[0].id);
          }}
        />
        <ul ref={list} className={css.options}>
          {offered.map((other, i) => (
            <li key={other.id}>
              <button
                type="button"
                data-here={other.id === step.id || undefined}
                onClick={() => choose(other.id)}
                onKeyDown={(event) => {
                  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
                  event.preventDefault();
                  move(i, Math.max(0, i + (event.key === "ArrowDown" ? 1 : -1)));
                }}
              >
                <b>{other.name}</b>
                <small>
                  {[
                    ui.has(`level.${other.level}` as "level.reseller") ? ui(`level.${other.level}` as "level.reseller") : other.level,
                    ...other.path.filter((above) => above.id !== scope.id && above.id !== other.id).map((above) => above.name),
                  ].join(" · ")}
                </small>
              </button>
            </li>
          ))}
          {!offered.length && <li className={css.none}>{t("switch.none")}</li>}
        </ul>
      </Popover.Dropdown>
    </Popover>
  );
}
