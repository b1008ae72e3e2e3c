import { useState } from 'preact/compat'
import { useLocation } from 'wouter-preact'
import { useWrite } from '../../api/query'
import type { Run } from '../../api/types'
import { Button } from '../../kit/Button'
import { Confirm } from '../../kit/Confirm'
import { Reason } from '../../kit/Reason'
import { useMay } from '../../session/session'

/** Runs a commit again, or stops it. */
export function RunActions({ run: r }: { run: Run }) {
  const [asked, ask] = useState<'rerun' | 'cancel' | null>(null)
  const [reason, setReason] = useState('')
  const [, go] = useLocation()
  const may = useMay('deployer')
  const rerun = useWrite('post', '/runs/{run}/rerun')
  const cancel = useWrite('post', '/runs/{run}/cancel')
  if (!may) return null
  return (
    <>
      {r.final ? <Button onClick={() => ask('rerun')}>Run again</Button> : <Button kind="danger" icon="cross" onClick={() => ask('cancel')}>Cancel</Button>}
      {asked === 'rerun' && (
        <Confirm
          title="Run this commit again?"
          what="Run again"
          consequences={['A new run of the same commit begins with its stages.', 'If it passes, it is deployed like a new push, in place of what runs now.']}
          busy={rerun.isPending}
          problem={rerun.error}
          onClose={() => ask(null)}
          onConfirm={() => rerun.mutate({ params: { run: r.id } }, { onSuccess: (started) => go(`/runs/${started.run}`) })}
        />
      )}
      {asked === 'cancel' && (
        <Confirm
          title={`Cancel ${r.id}?`}
          what="Cancel the run"
          kind="danger"
          consequences={['Stages that run are stopped.', r.phase === 'deploying' ? 'Its rollout under way is taken back; environments that it has passed keep it.' : 'Nothing of it is deployed.']}
          busy={cancel.isPending}
          problem={cancel.error}
          onClose={() => ask(null)}
          onConfirm={() => cancel.mutate({ params: { run: r.id }, body: { reason } }, { onSuccess: () => ask(null) })}
        >
          <Reason value={reason} onChange={setReason} />
        </Confirm>
      )}
    </>
  )
}
