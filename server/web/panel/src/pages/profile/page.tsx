import { Page } from '~/ui/page';

export default function ProfilePage() {
  return <Page title="Profile">{null}</Page>;
}
