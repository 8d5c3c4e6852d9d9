/** What is long is cut off, with a button below it that shows the rest. */

import { Anchor, Box } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { type ReactNode, useId, useState } from 'react';

interface FoldProps {
  /** In pixels; what is higher is cut off. */
  height: number;
  /** What the button says. */
  more: string;
  less: string;
  children: ReactNode;
}

/** A line that is cut through fades, so that it looks like what goes on. */
const FADE = 'linear-gradient(to bottom, black calc(100% - 1.5em), transparent)';

/** Unlike Mantine's Spoiler it makes no landmark of each of its uses. */
export function Fold({ height: shown, more, less, children }: FoldProps) {
  const id = useId();
  const { ref, height } = useElementSize();
  const [open, setOpen] = useState(false);
  const folded = height > shown && !open;
  return (
    <>
      <Box id={id} mah={open ? undefined : shown} style={{ overflow: 'hidden', maskImage: folded ? FADE : undefined }}>
        <div ref={ref}>{children}</div>
      </Box>
      {height > shown && (
        <Anchor component="button" type="button" size="xs" aria-expanded={open} aria-controls={id} onClick={() => setOpen(!open)}>
          {open ? less : more}
        </Anchor>
      )}
    </>
  );
}
