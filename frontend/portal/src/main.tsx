import "~/ui/mantine.ts";
import "@fontsource-variable/inter/wght.css";
import "~/ui/tokens.css";
import "~/ui/base.css";
import { localStorageColorSchemeManager, MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { queryClient } from "~/app/queryClient.ts";
import { router } from "~/app/router.tsx";
import { theme } from "~/app/theme.ts";
import { I18n, loadMessages } from "~/i18n/i18n.tsx";
import { Notices } from "~/ui/Notices.tsx";

const scheme = localStorageColorSchemeManager({ key: "colour-scheme" });

await loadMessages("ui");
createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <MantineProvider theme={theme} withCssVariables={false} withGlobalClasses={false} colorSchemeManager={scheme} defaultColorScheme="auto">
      <I18n>
        <QueryClientProvider client={queryClient}>
          <RouterProvider router={router} />
          <Notices />
        </QueryClientProvider>
      </I18n>
    </MantineProvider>
  </StrictMode>,
);
