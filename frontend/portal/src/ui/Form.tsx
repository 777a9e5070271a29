import { Button, Checkbox, NativeSelect, PasswordInput, Textarea, TextInput } from "@mantine/core";
import { type ChangeEvent, createContext, type ReactNode, useContext, useEffect, useRef, useState } from "react";
import { useTranslations } from "use-intl";
import { type FieldProblem, Problem, problemOf } from "~/api/client.ts";
import css from "./Form.module.css";
import { Shape } from "./Status.tsx";
import { useFieldText, useProblemText } from "./useProblemText.ts";

type State = { problem: Problem | undefined; busy: boolean };
const Current = createContext<State>({ problem: undefined, busy: false });

/** `/customer/email`, `body.customer.email` and `customer.email` name the same field. */
export const fieldName = (name: string) => name.replace(/^\/?(body[./])?/, "").replaceAll("/", ".");

/** What was filled in, by field name; fields that are empty are absent. */
export type Values = { [name: string]: string };

const valuesOf = (form: HTMLFormElement): Values => {
  const values: Values = {};
  for (const [name, value] of new FormData(form)) if (typeof value === "string" && value.trim()) values[name] = value.trim();
  return values;
};

/** A form refuses on its own what the platform would refuse in the same words. */
export const fieldRefusal = (name: string, code: string): Problem =>
  new Problem({ code: "invalid_input", status: 422, fields: [{ name, code, detail: "" }] });

type Props = {
  onSubmit: (values: Values) => Promise<unknown>;
  submit: string;
  children: ReactNode;
  secondary?: ReactNode;
  /** Sending takes something away. */
  danger?: boolean;
  /** Fetches the object again after somebody else changed it. */
  onReload?: (() => void) | undefined;
};

/**
 * One column of fields. A refusal stands below the field that it names, the first such field gets the focus, and what
 * names no field stands above the button. A changed form asks before the page is left.
 */
export function Form({ onSubmit, submit, children, secondary, danger = false, onReload }: Props) {
  const t = useTranslations("ui");
  const text = useProblemText();
  const form = useRef<HTMLFormElement>(null);
  const changed = useRef(false);
  const [state, setState] = useState<State>({ problem: undefined, busy: false });

  useEffect(() => {
    const ask = (event: BeforeUnloadEvent) => {
      if (changed.current) event.preventDefault();
    };
    addEventListener("beforeunload", ask);
    return () => removeEventListener("beforeunload", ask);
  }, []);

  useEffect(() => {
    if (!state.problem?.fields.length) return;
    const wrong = new Set(state.problem.fields.map((field) => fieldName(field.name)));
    const first = [...(form.current?.elements ?? [])].find((element) => wrong.has(element.getAttribute("name") ?? ""));
    if (first instanceof HTMLElement) first.focus();
  }, [state.problem]);

  const named = new Set([...(form.current?.elements ?? [])].map((element) => element.getAttribute("name")));
  const unplaced = state.problem && !state.problem.fields.some((field) => named.has(fieldName(field.name)));
  const conflict = state.problem?.code === "version_conflict";

  return (
    <Current.Provider value={state}>
      <form
        ref={form}
        className={css.form}
        noValidate
        onChange={() => {
          changed.current = true;
        }}
        onSubmit={(event) => {
          event.preventDefault();
          event.stopPropagation();
          setState({ problem: undefined, busy: true });
          onSubmit(valuesOf(event.currentTarget)).then(
            () => {
              changed.current = false;
              setState({ problem: undefined, busy: false });
            },
            (thrown) => setState({ problem: problemOf(thrown), busy: false }),
          );
        }}
      >
        {children}
        {unplaced && (
          <div className={css.refused} role="alert">
            <Shape of="failed" size={16} />
            <div>
              <p>{conflict ? t("conflict.title") : text(state.problem)}</p>
              {conflict && <p>{t("conflict.text")}</p>}
              {state.problem?.detail && state.problem.code === "forbidden" && <p>{state.problem.detail}</p>}
              {state.problem?.requestId && <small>{t("requestId", { id: state.problem.requestId })}</small>}
              {conflict && onReload && (
                <Button
                  variant="default"
                  size="compact-sm"
                  onClick={() => {
                    setState({ problem: undefined, busy: false });
                    onReload();
                  }}
                >
                  {t("act.reload")}
                </Button>
              )}
            </div>
          </div>
        )}
        <div className={css.actions}>
          <Button type="submit" loading={state.busy} {...(danger && { color: "red" })}>
            {submit}
          </Button>
          {secondary}
        </div>
      </form>
    </Current.Provider>
  );
}

function useField(name: string) {
  const { problem } = useContext(Current);
  const text = useFieldText();
  const own: FieldProblem | undefined = problem?.fields.find((field) => fieldName(field.name) === name);
  return own && text(own);
}

type Field = {
  name: string;
  label: string;
  hint?: string;
  required?: boolean;
  value?: string | undefined;
  disabled?: boolean;
  autoComplete?: string;
};

const useCommon = ({ name, label, hint, required, value, disabled, autoComplete }: Field) => {
  const t = useTranslations("ui");
  return {
    name,
    label: required ? (
      label
    ) : (
      <>
        {label} <span className={css.optional}>({t("optional")})</span>
      </>
    ),
    description: hint,
    error: useField(name),
    required: required ?? false,
    withAsterisk: false,
    defaultValue: value,
    disabled: disabled ?? false,
    ...(autoComplete && { autoComplete }),
  };
};

type TextProps = Field & {
  type?: "email" | "tel" | "url" | "time" | "date";
  autoFocus?: boolean;
  /** Which keys a phone shows. */
  keys?: "numeric" | "text";
  /** The value where the page keeps it itself, with the handler that changes it. */
  current?: string;
  onChange?: (event: ChangeEvent<HTMLInputElement>) => void;
};

export function TextField({ type, autoFocus, keys, current, onChange, ...field }: TextProps) {
  const { defaultValue, ...common } = useCommon(field);
  return (
    <TextInput
      {...common}
      type={type ?? "text"}
      {...(keys && { inputMode: keys, autoCapitalize: "none", spellCheck: false })}
      {...(current === undefined ? { defaultValue } : { value: current })}
      {...(onChange && { onChange })}
      {...(autoFocus && { "data-autofocus": true, autoFocus })}
    />
  );
}

export const PasswordField = (field: Field) => <PasswordInput {...useCommon(field)} />;

export const TextAreaField = (field: Field) => <Textarea {...useCommon(field)} rows={4} />;

type Option = { value: string; label: string };

export function SelectField({ options, onChange, ...field }: Field & { options: Option[]; onChange?: (value: string) => void }) {
  return (
    <NativeSelect {...useCommon({ ...field, required: true })} data={options} onChange={(event) => onChange?.(event.currentTarget.value)} />
  );
}

/** Several of a few; each chosen one is sent under `<name>.<value>`, and read back by `chosen`. */
export function CheckboxesField({ name, label, hint, options, value }: Field & { options: Option[]; value?: string | undefined }) {
  const error = useField(name);
  const on = new Set(value?.split(","));
  return (
    <fieldset className={css.group}>
      <legend>{label}</legend>
      {hint && <p>{hint}</p>}
      {options.map((option) => (
        <Checkbox
          key={option.value}
          size="xs"
          name={`${name}.${option.value}`}
          value="on"
          label={option.label}
          defaultChecked={on.has(option.value)}
        />
      ))}
      {error && (
        <p role="alert" className={css.error}>
          {error}
        </p>
      )}
    </fieldset>
  );
}

export const chosen = (values: Values, name: string): string[] =>
  Object.keys(values)
    .filter((key) => key.startsWith(`${name}.`))
    .map((key) => key.slice(name.length + 1));

/** A named part of a longer form. */
export function FieldGroup({ title, children }: { title: string; children: ReactNode }) {
  return (
    <fieldset className={css.part}>
      <legend>{title}</legend>
      {children}
    </fieldset>
  );
}
