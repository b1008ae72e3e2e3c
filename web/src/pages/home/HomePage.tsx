import { useGet } from '../../api/query'
import { Loaded } from '../../kit/Loaded'
import { Page } from '../../kit/Page'
import { FirstRun } from './FirstRun'
import { Issues } from './Issues'
import { Lately, useLately } from './Lately'
import { Moving } from './Moving'
import { Summary } from './Summary'

/** What is moving right now, what waits and for whom, what was taken back, what reached production. */
export default function HomePage() {
  const status = useGet('/status', {}, { every: 5000 })
  const lately = useLately()
  return (
    <Page>
      <Loaded query={status} what="what is moving" lines={8}>
        {(s) =>
          s.services.length === 0 && s.runs.length === 0 ? (
            <FirstRun />
          ) : (
            <>
              <Summary status={s} />
              <Issues issues={s.problems} />
              <Moving rollouts={s.rollouts} runs={s.runs} />
              <Lately services={s.services} {...lately} />
            </>
          )
        }
      </Loaded>
    </Page>
  )
}
