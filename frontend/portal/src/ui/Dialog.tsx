import { Modal } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslations } from "use-intl";

/** What has to be answered before the page goes on. Its head is no banner: a page has one already. */
export function Dialog({ title, onClose, children }: { title: ReactNode; onClose: () => void; children: ReactNode }) {
  const t = useTranslations("ui");
  return (
    <Modal.Root opened onClose={onClose} centered lockScroll={false} transitionProps={{ duration: 80 }}>
      <Modal.Overlay />
      <Modal.Content radius="md">
        <Modal.Header role="none">
          <Modal.Title>{title}</Modal.Title>
          <Modal.CloseButton aria-label={t("act.close")} />
        </Modal.Header>
        <Modal.Body>{children}</Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
