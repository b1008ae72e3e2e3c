import { useState } from 'preact/compat'
import { useWrite } from '../../api/query'
import type { Rollout } from '../../api/types'
import { digits } from '../../format/number'
import { Confirm } from '../../kit/Confirm'
import { Reason } from '../../kit/Reason'

export function AbortDialog({ rollout: r, onClose }: { rollout: Rollout; onClose: () => void }) {
  const [reason, setReason] = useState('')
  const abort = useWrite('post', '/rollouts/{rollout}/abort')
  const consequences =
    r.percent > 0
      ? [
          <>
            The {digits(r.percent)} % of the traffic that {r.release} has goes {r.from ? <>back to {r.from}, which still runs</> : 'nowhere: there is no version before it'}, at once.
          </>,
          <>{r.release} finishes what it has begun, and is stopped.</>,
        ]
      : [<>{r.release} gets no traffic, and is stopped{r.from ? <>; {r.from} goes on as it is</> : ''}.</>]
  return (
    <Confirm
      title={`Abort the rollout of ${r.release}?`}
      what="Abort"
      kind="danger"
      consequences={[...consequences, 'Nothing else can raise its share any more: only a new rollout can.']}
      busy={abort.isPending}
      problem={abort.error}
      onClose={onClose}
      onConfirm={() => abort.mutate({ params: { rollout: r.id }, body: { reason } }, { onSuccess: onClose })}
    >
      <Reason value={reason} onChange={setReason} />
    </Confirm>
  )
}
