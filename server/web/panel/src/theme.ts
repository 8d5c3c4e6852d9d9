import { Alert, Button, Combobox, createTheme, Drawer, Menu, Modal, Tooltip, type MantineColorsTuple } from '@mantine/core';

const ink: MantineColorsTuple = [
  '#eaf4fb',
  '#d3e6f3',
  '#a5cce7',
  '#74b1da',
  '#4c99cf',
  '#3489c4',
  '#22719f',
  '#1f5f8b',
  '#194d70',
  '#123a56',
];

const night: MantineColorsTuple = [
  '#c9d1d9',
  '#b0bac5',
  '#8b97a3',
  '#5c6773',
  '#39434d',
  '#2a323b',
  '#1a2027',
  '#14181d',
  '#0f1317',
  '#0a0d10',
];

/** Mantine's own red is too light under white letters. */
const red: MantineColorsTuple = [
  '#fff0ee',
  '#ffdfda',
  '#ffb8ae',
  '#ff9a8d',
  '#f5776a',
  '#e5484d',
  '#cd2b31',
  '#b42318',
  '#94200f',
  '#7a1a0c',
];

/** Where menus and lists of choices open: inside the page's landmark, so that a screen reader finds them there. */
export const OVERLAYS = 'overlays';
const portalProps = { target: `#${OVERLAYS}` };

/** The panel's look; what it sets for each colour scheme stands in theme.css. */
export const theme = createTheme({
  colors: { ink, dark: night, red },
  primaryColor: 'ink',
  primaryShade: { light: 7, dark: 6 },
  autoContrast: true,
  defaultRadius: 'md',
  cursorType: 'pointer',
  fontFamily: 'ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, "SF Mono", Menlo, Consolas, monospace',
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.125rem' },
  headings: {
    fontWeight: '620',
    sizes: {
      h1: { fontSize: '1.375rem', lineHeight: '1.3' },
      h2: { fontSize: '1rem', lineHeight: '1.4' },
      h3: { fontSize: '0.875rem', lineHeight: '1.4' },
    },
  },
  respectReducedMotion: true,
  components: {
    // Its colour is that of the frame and the icon: most are too light for words.
    Alert: Alert.extend({ styles: { title: { color: 'var(--mantine-color-text)' } } }),
    Combobox: Combobox.extend({ defaultProps: { portalProps } }),
    // Its first item takes the focus; the placeholder would be no part of a menu.
    Menu: Menu.extend({ defaultProps: { portalProps, withInitialFocusPlaceholder: false } }),
    Button: Button.extend({ defaultProps: { size: 'sm' } }),
    Drawer: Drawer.extend({
      defaultProps: { attributes: { header: { role: 'none' } } },
      styles: { title: { fontSize: '1rem', fontWeight: 620 } },
    }),
    Modal: Modal.extend({
      // A dialog's head is no landmark of the page.
      defaultProps: { centered: true, radius: 'lg', attributes: { header: { role: 'none' } } },
      styles: { title: { fontSize: '1rem', fontWeight: 620 } },
    }),
    Tooltip: Tooltip.extend({ defaultProps: { withArrow: true, events: { hover: true, focus: true, touch: true } } }),
  },
});
