import { ActionIcon, Menu } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";
import { useTranslations } from "use-intl";

export type RowAct = { text: string; act: () => void; danger?: boolean };

/** What can be done to one row of a table, where buttons would take the room of what it says. Nothing to do shows nothing. */
export function RowMenu({ name, acts }: { name: string; acts: RowAct[] }) {
  const t = useTranslations("ui");
  if (!acts.length) return null;
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="default" size={28} aria-label={`${t("act.more")}: ${name}`}>
          <IconDots size={16} stroke={1.8} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {acts.map(({ text, act, danger }) => (
          <Menu.Item key={text} onClick={act} {...(danger && { color: "red" })}>
            {text}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
