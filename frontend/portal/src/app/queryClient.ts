import { QueryClient } from "@tanstack/react-query";
import { problemOf } from "~/api/client.ts";

/** A refusal will be the same next time; only what did not get through is worth a second try. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: { staleTime: 15_000, retry: (failures, error) => failures < 1 && [0, 502, 503, 504].includes(problemOf(error).status) },
  },
});
