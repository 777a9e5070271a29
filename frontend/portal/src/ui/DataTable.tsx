import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslations } from "use-intl";
import css from "./DataTable.module.css";

export type Column<Row> = {
  id: string;
  title: string;
  cell: (row: Row) => ReactNode;
  /** Figures stand right, under each other. */
  figure?: boolean;
  /** The cell that names the row: a row header, and the heading of the card on a narrow screen. */
  heads?: boolean;
  /** Stands at the right of the card's heading on a narrow screen. */
  corner?: boolean;
  /** Left out of the card on a narrow screen. */
  wideOnly?: boolean;
};

type Props<Row> = {
  label: string;
  rows: Row[];
  columns: Column<Row>[];
  keyOf: (row: Row) => string;
  stale?: boolean | undefined;
  /** Fetches the next page; absent at the end of the list. */
  more?: (() => void) | undefined;
  loadingMore?: boolean | undefined;
};

/** A real table; below 768 px each row becomes a card whose lines name their column. */
export function DataTable<Row>({ label, rows, columns, keyOf, stale, more, loadingMore }: Props<Row>) {
  const t = useTranslations("ui");
  return (
    <div className={`card ${css.frame}`}>
      <section className={css.scroller} aria-label={label} tabIndex={0}>
        <table className={css.table}>
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column.id} scope="col" data-figure={column.figure || undefined}>
                  {column.title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody data-stale={stale || undefined}>
            {rows.map((row) => (
              <tr key={keyOf(row)}>
                {columns.map((column) => {
                  const Cell = column.heads ? "th" : "td";
                  return (
                    <Cell
                      key={column.id}
                      {...(column.heads && { scope: "row" })}
                      data-label={column.title}
                      data-figure={column.figure || undefined}
                      data-heads={column.heads || undefined}
                      data-corner={column.corner || undefined}
                      data-wide={column.wideOnly || undefined}
                    >
                      {column.cell(row)}
                    </Cell>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {more && (
        <div className={css.more}>
          <Button variant="subtle" onClick={more} loading={loadingMore ?? false}>
            {t("act.showMore")}
          </Button>
        </div>
      )}
    </div>
  );
}
