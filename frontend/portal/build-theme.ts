import { type Plugin, runnerImport } from "vite";

const id = "virtual:mantine-variables.css";

/**
 * Writes the theme's variables as a style sheet when building. At run time Mantine would put them into an inline
 * `<style>`, which the content security policy refuses.
 */
export function themeVariables(themeModule: string): Plugin {
  return {
    name: "theme-variables",
    resolveId: (source) => (source === id ? `\0${id}` : undefined),
    load: {
      filter: { id: /virtual:mantine-variables\.css$/ },
      async handler() {
        const { convertCssVariables, DEFAULT_THEME, defaultCssVariablesResolver, mergeMantineTheme } = await import("@mantine/core");
        const { theme, variables } = (await runnerImport<typeof import("./src/app/theme.ts")>(themeModule)).module;
        const full = mergeMantineTheme(DEFAULT_THEME, theme);
        const standard = defaultCssVariablesResolver(full);
        const ours = variables(full);
        return convertCssVariables(
          {
            variables: { ...standard.variables, ...ours.variables },
            light: { ...standard.light, ...ours.light },
            dark: { ...standard.dark, ...ours.dark },
          },
          ":root",
        );
      },
    },
  };
}
