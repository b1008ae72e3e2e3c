import { useState } from 'preact/compat'
import { useLocation } from 'wouter-preact'
import { useWrite } from '../../api/query'
import { count } from '../../format/number'
import { relative } from '../../format/time'
import { Confirm } from '../../kit/Confirm'
import { Reason } from '../../kit/Reason'
import { serverNow } from '../../session/session'
import type { FlagDetail } from './FlagPage'

/** Asks before a flag is removed, and says who would notice. */
export function RemoveFlag({ flag: f, onClose }: { flag: FlagDetail; onClose: () => void }) {
  const remove = useWrite('delete', '/flags/{project}/{flag}')
  const [reason, setReason] = useState('')
  const [, go] = useLocation()
  const asking = f.environments.filter((e) => e.asked > 0)
  return (
    <Confirm
      title={`Remove the flag ${f.key}?`}
      what="Remove it"
      kind="danger"
      consequences={[
        'Programs that still ask for it get the default that stands in their own code, at once, in all environments.',
        asking.length > 0 ? (
          <>
            It is still asked for: {asking.map((e) => `in ${e.name} ${count(e.asked)} times, last ${e.last ? relative(e.last, serverNow()) : 'not known when'}`).join('; ')}.
          </>
        ) : (
          'As far as is known, no program asks for it.'
        ),
        ...(f.needed_by && f.needed_by.length > 0 ? [<>{f.needed_by.join(', ')} need it: the server refuses until they do not.</>] : []),
        'Its history stays in the journal; its name can be used again.',
      ]}
      busy={remove.isPending}
      problem={remove.error}
      onClose={onClose}
      onConfirm={() => {
        // The live stream may take this page away before the answer comes: go on all the same.
        remove.mutateAsync({ params: { project: f.project, flag: f.key, reason: reason.trim() || undefined } }).then(
          () => go('/flags'),
          () => undefined, // said in the dialog
        )
      }}
    >
      <Reason value={reason} onChange={setReason} />
    </Confirm>
  )
}
