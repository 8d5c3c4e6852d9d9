import type { AccountPageProps } from '~/pages/account/routes';
import { Page } from '~/ui/page';

export default function OverviewPage({ account }: AccountPageProps) {
  return <Page title={account}>{null}</Page>;
}
