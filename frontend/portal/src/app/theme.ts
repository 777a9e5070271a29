import { Button, Checkbox, createTheme, type MantineColorsTuple, type MantineTheme, Menu, Popover } from "@mantine/core";

/** Every shade points at the accent; what differs per state is set below, so that a brand stays a style sheet. */
const accent = Array.from({ length: 10 }, () => "var(--accent)") as unknown as MantineColorsTuple;
const red = Array.from({ length: 10 }, () => "var(--bad)") as unknown as MantineColorsTuple;

/** Mantine's own greys, so that no component falls back to a neutral that is not ours. */
const gray: MantineColorsTuple = [
  "#f5f7f8",
  "#eef1f3",
  "#e1e6ea",
  "#cbd2d8",
  "#87919b",
  "#717c87",
  "#626e79",
  "#48545f",
  "#2c363f",
  "#17202a",
];
const dark: MantineColorsTuple = [
  "#e6ebef",
  "#b0bac3",
  "#929da7",
  "#7b8792",
  "#6b7682",
  "#252c33",
  "#14191e",
  "#14191e",
  "#11161b",
  "#0c1013",
];

export const theme = createTheme({
  primaryColor: "accent",
  colors: { accent, red, gray, dark },
  fontFamily: "var(--font)",
  headings: { fontFamily: "var(--font)" },
  fontSizes: { xs: "var(--text-xs)", sm: "var(--text-md)", md: "var(--text-lg)", lg: "var(--text-xl)", xl: "var(--text-2xl)" },
  radius: { xs: "var(--radius-xs)", sm: "var(--radius)", md: "var(--radius-lg)", lg: "14px", xl: "20px" },
  defaultRadius: "sm",
  cursorType: "pointer",
  components: {
    Button: Button.extend({
      defaultProps: { size: "sm", loaderProps: { type: "dots" } },
      vars: (_, { size }) => ({
        root: size === "sm" || size === undefined ? { "--button-height": "var(--control)", "--button-padding-x": "12px" } : {},
      }),
    }),
    Checkbox: Checkbox.extend({ defaultProps: { radius: "xs" } }),
    Menu: Menu.extend({ defaultProps: { shadow: "md", transitionProps: { duration: 80 } } }),
    Popover: Popover.extend({ defaultProps: { shadow: "md", transitionProps: { duration: 80 } } }),
    // The page behind does not scroll by itself, and locking it would need an inline style sheet.
  },
});

const both = {
  "--mantine-color-body": "var(--surface)",
  "--mantine-color-text": "var(--ink)",
  "--mantine-color-dimmed": "var(--ink-2)",
  "--mantine-color-placeholder": "var(--ink-3)",
  "--mantine-color-error": "var(--bad)",
  "--mantine-color-default": "var(--surface)",
  "--mantine-color-default-hover": "var(--hover)",
  "--mantine-color-default-color": "var(--ink)",
  "--mantine-color-default-border": "var(--line-control)",
  "--mantine-color-anchor": "var(--accent)",
  "--mantine-primary-color-contrast": "var(--on-accent)",
  "--mantine-primary-color-filled": "var(--fill)",
  "--mantine-primary-color-filled-hover": "var(--fill-hover)",
  "--mantine-color-accent-filled": "var(--fill)",
  "--mantine-color-accent-filled-hover": "var(--fill-hover)",
  "--mantine-color-accent-light": "var(--accent-tint)",
  "--mantine-color-accent-light-hover": "var(--accent-tint)",
  "--mantine-color-accent-light-color": "var(--accent)",
  "--mantine-color-accent-outline": "var(--accent)",
  "--mantine-color-red-filled": "var(--danger-fill)",
  "--mantine-color-red-filled-hover": "var(--danger-fill-hover)",
  "--mantine-color-white": "var(--on-accent)",
  "--mantine-shadow-md": "var(--shadow-pop)",
};

/** The theme's variables, written into the style sheet by `build-theme.ts`. */
export const variables = (_: MantineTheme) => ({ variables: both, light: both, dark: both });
