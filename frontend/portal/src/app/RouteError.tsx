import { useQueryErrorResetBoundary } from "@tanstack/react-query";
import { type ErrorComponentProps, useRouter } from "@tanstack/react-router";
import { problemOf } from "~/api/client.ts";
import { ErrorPanel } from "~/ui/ErrorPanel.tsx";
import { NotFound } from "./NotFound.tsx";
import css from "./RouteError.module.css";

/** The same where nothing stands around it. */
export const StandaloneError = (props: ErrorComponentProps) => (
  <main>
    <RouteError {...props} />
  </main>
);

/** What a page shows in its own place when its data were refused; the frame around it stays. */
export function RouteError({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const boundary = useQueryErrorResetBoundary();
  if (problemOf(error).code === "not_found") return <NotFound />;
  return (
    <div className={css.place}>
      <ErrorPanel
        error={error}
        retry={() => {
          boundary.reset();
          reset();
          void router.invalidate();
        }}
      />
    </div>
  );
}
