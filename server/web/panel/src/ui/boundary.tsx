/** What stands in place of a page that failed while it was drawn, or whose code is no longer on the server. */

import { Button, Center, Stack, Text, Title } from '@mantine/core';
import { useNetwork } from '@mantine/hooks';
import { Component, type ReactNode, useEffect } from 'react';
import { useTranslations } from 'use-intl';

interface Props {
  /** Where the reader is: the next page is tried again. */
  place: string;
  children: ReactNode;
}

export class Boundary extends Component<Props, { failed: boolean }> {
  static getDerivedStateFromError() {
    return { failed: true };
  }

  state = { failed: false };

  componentDidUpdate(before: Props) {
    if (this.state.failed && before.place !== this.props.place) this.setState({ failed: false });
  }

  render() {
    return this.state.failed ? <Broken /> : this.props.children;
  }
}

function Broken() {
  const t = useTranslations('common');
  const { online } = useNetwork();
  useEffect(() => {
    // The code that could not be fetched is asked for once more by a new page only.
    const reload = () => window.location.reload();
    window.addEventListener('online', reload);
    return () => window.removeEventListener('online', reload);
  }, []);
  return (
    <Center py={80} role="alert">
      <Stack align="center" gap="xs">
        <Title order={1}>{t(online ? 'broken' : 'offline')}</Title>
        <Text c="dimmed">{t(online ? 'brokenWhy' : 'offlineWhy')}</Text>
        <Button variant="default" onClick={() => window.location.reload()}>
          {t('reload')}
        </Button>
      </Stack>
    </Center>
  );
}
