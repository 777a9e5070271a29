import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render } from "@testing-library/react";
import type { ReactNode } from "react";
import { IntlProvider } from "use-intl/react";
import { theme } from "~/app/theme.ts";
import branding from "~/features/branding/messages/en.json";
import identity from "~/features/identity/messages/en.json";
import operations from "~/features/operations/messages/en.json";
import shell from "~/features/shell/messages/en.json";
import ui from "~/ui/messages/en.json";

const messages = { branding, identity, operations, shell, ui };

/** Renders what a test looks at in English, with the theme and an empty cache. */
export function show(children: ReactNode) {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  return render(
    <MantineProvider theme={theme} env="test">
      <IntlProvider locale="en" messages={messages as never} timeZone="UTC">
        <QueryClientProvider client={client}>{children}</QueryClientProvider>
      </IntlProvider>
    </MantineProvider>,
  );
}
