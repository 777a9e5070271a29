import { Button } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { api, type Schemas } from "~/api/client.ts";
import { ConfirmDanger } from "~/ui/ConfirmDanger.tsx";
import { type Column, DataTable } from "~/ui/DataTable.tsx";
import { useFormat } from "~/ui/format.ts";
import type { Rest } from "~/ui/List.tsx";
import { refuse } from "~/ui/Notices.tsx";
import { OperationChip } from "~/ui/OperationChip.tsx";
import css from "./OperationsTable.module.css";

type Operation = Schemas["Operation"];
type Props = { tenant: string; label: string; rows: Operation[]; ofOneAccount?: boolean } & Rest;

const kinds: Record<string, "ensure" | "trash" | "restore" | "purge"> = {
  "account.ensure": "ensure",
  "account.trash": "trash",
  "account.restore": "restore",
  "account.purge": "purge",
};
const reasons = ["new_password_needed", "attempts_used_up"] as const;

/** What was asked of backup servers, with what may be done about it now. */
export function OperationsTable({ tenant, label, rows, ofOneAccount = false, ...rest }: Props) {
  const t = useTranslations("operations");
  const f = useFormat();
  const client = useQueryClient();
  const [cancelling, setCancelling] = useState<Operation>();
  const renew = () => client.invalidateQueries({ queryKey: [tenant] });
  const path = (operation: Operation) => ({ params: { path: { tenant, operation: operation.id } } });
  const why = (operation: Operation) => {
    const known = reasons.find((reason) => reason === operation.reason_code);
    return known ? t(`reason.${known}`) : operation.reason;
  };

  const columns: Column<Operation>[] = [
    { id: "state", title: t("column.state"), corner: true, cell: (operation) => <OperationChip operation={operation} /> },
    {
      id: "what",
      title: t("column.what"),
      heads: true,
      cell: (operation) => {
        const kind = kinds[operation.kind];
        return (
          <span className={css.what}>
            {kind ? t(`kind.${kind}`) : operation.kind}
            {why(operation) && <small>{why(operation)}</small>}
          </span>
        );
      },
    },
    { id: "server", title: t("column.server"), cell: (operation) => operation.server_name },
    {
      id: "asked",
      title: t("column.asked"),
      cell: (operation) => <time dateTime={operation.created_at}>{f.ago(operation.created_at)}</time>,
    },
    {
      id: "took",
      title: t("column.took"),
      figure: true,
      cell: (operation) => operation.claimed_at && f.duration(operation.claimed_at, operation.ended_at),
    },
    { id: "attempt", title: t("column.attempt"), figure: true, wideOnly: true, cell: (operation) => operation.attempt || "" },
    {
      id: "actions",
      title: t("column.actions"),
      cell: (operation) =>
        operation.actions.length > 0 && (
          <span className="buttons">
            {operation.actions.includes("retry") && (
              <Button
                size="compact-sm"
                variant="default"
                onClick={() =>
                  void api.POST("/v1/tenants/{tenant}/operations/{operation}/retry", path(operation)).catch(refuse).finally(renew)
                }
              >
                {t("act.retry")}
              </Button>
            )}
            {operation.actions.includes("cancel") && (
              <Button size="compact-sm" variant="subtle" color="gray" onClick={() => setCancelling(operation)}>
                {t("act.cancel")}
              </Button>
            )}
          </span>
        ),
    },
  ];
  if (!ofOneAccount)
    columns.splice(2, 0, {
      id: "account",
      title: t("column.account"),
      cell: (operation) => (
        <Link to="/t/$tenant/accounts/$account" params={{ tenant, account: operation.account }}>
          {operation.account_name}
        </Link>
      ),
    });

  return (
    <>
      <DataTable label={label} rows={rows} columns={columns} keyOf={(operation) => operation.id} {...rest} />
      {cancelling && (
        <ConfirmDanger
          title={t("cancelTitle")}
          act={t("act.cancel")}
          onClose={() => setCancelling(undefined)}
          onConfirm={async () => {
            await api.POST("/v1/tenants/{tenant}/operations/{operation}/cancel", path(cancelling));
            await renew();
          }}
        >
          {t("cancelText", { account: cancelling.account_name })}
        </ConfirmDanger>
      )}
    </>
  );
}
