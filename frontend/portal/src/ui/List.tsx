import { type InfiniteData, infiniteQueryOptions, keepPreviousData, type UseInfiniteQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ErrorPanel } from "./ErrorPanel.tsx";
import { Loading } from "./Loading.tsx";

export type Paged<Row> = { items: Row[]; next?: string | undefined };

/** A list that is read page by page; the key begins with the tenant, and old rows stay until new ones have come. */
export const pages = <Row,>(
  key: readonly unknown[],
  read: (cursor: string, signal: AbortSignal) => Promise<Paged<Row>>,
  everyMs?: number,
) =>
  infiniteQueryOptions({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => read(pageParam, signal),
    initialPageParam: "",
    getNextPageParam: (page: Paged<Row>) => page.next || undefined,
    placeholderData: keepPreviousData,
    refetchInterval: everyMs ?? false,
  });

export type Rest = { stale: boolean; more: (() => void) | undefined; loadingMore: boolean };

type Props<Row> = {
  query: UseInfiniteQueryResult<InfiniteData<Paged<Row>>>;
  empty: ReactNode;
  children: (rows: Row[], rest: Rest) => ReactNode;
};

/** The four faces of a list: loading, refused, empty, filled. */
export function List<Row>({ query, empty, children }: Props<Row>) {
  if (query.isPending) return <Loading />;
  if (query.isError && !query.data) return <ErrorPanel error={query.error} retry={() => void query.refetch()} />;
  const rows = query.data?.pages.flatMap((page) => page.items) ?? [];
  if (!rows.length) return empty;
  return children(rows, {
    stale: query.isPlaceholderData,
    more: query.hasNextPage ? () => void query.fetchNextPage() : undefined,
    loadingMore: query.isFetchingNextPage,
  });
}
