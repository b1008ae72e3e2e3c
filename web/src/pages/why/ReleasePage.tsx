import { useGet } from '../../api/query'
import { Failure } from '../../kit/Failure'
import { Page } from '../../kit/Page'
import { PageHead } from '../../kit/PageHead'
import WhyPage from './WhyPage'

/** Everything known of one release: why it is here, who and what let it through, where it runs. */
export default function ReleasePage({ release = '' }: { release?: string }) {
  const { error } = useGet('/releases/{release}', { release })
  if (error?.status !== 404) return <WhyPage subject={release} />
  return (
    <Page>
      <PageHead title={release} crumbs={[{ text: 'Services', to: '/services' }]} />
      <Failure error={error} what={`the release ${release}`} />
    </Page>
  )
}
