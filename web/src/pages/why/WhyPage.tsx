import { useGet } from '../../api/query'
import { Loaded } from '../../kit/Loaded'
import { Page } from '../../kit/Page'
import { Story } from './Story'

/** Everything known of a commit, a digest or a release. */
export default function WhyPage({ subject = '' }: { subject?: string }) {
  const query = useGet('/why/{subject}', { subject })
  return (
    <Page>
      <Loaded query={query} what={subject} lines={8}>
        {(why) => <Story why={why} subject={subject} />}
      </Loaded>
    </Page>
  )
}
