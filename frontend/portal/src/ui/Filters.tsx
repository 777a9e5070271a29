import { NativeSelect, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import type { ReactNode } from "react";
import css from "./Filters.module.css";

/** What stands in the address, as fields above a list. */
export const Filters = ({ children }: { children: ReactNode }) => <search className={css.bar}>{children}</search>;

export function FindField({ label, value, onChange }: { label: string; value: string; onChange: (value: string) => void }) {
  return (
    <TextInput
      className={css.find}
      type="search"
      aria-label={label}
      placeholder={label}
      data-find
      leftSection={<IconSearch size={15} stroke={1.7} aria-hidden="true" />}
      defaultValue={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

type Option = { value: string; label: string };
type ChoiceProps = {
  label: string;
  /** The first entry, which takes the filter away; without it one is always chosen. */
  all?: string;
  value: string;
  options: Option[];
  onChange: (value: string) => void;
};

/** One of a few. */
export function ChoiceField({ label, all, value, options, onChange }: ChoiceProps) {
  return (
    <NativeSelect
      className={css.choice}
      aria-label={label}
      data-set={all && value ? true : undefined}
      data={all ? [{ value: "", label: all }, ...options] : options}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
