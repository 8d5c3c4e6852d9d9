import { Page } from '~/ui/page';

export default function OperatorPages() {
  return <Page title="Operator">{null}</Page>;
}
