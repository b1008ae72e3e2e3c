import { useState } from 'preact/compat'
import type { Rollout } from '../../api/types'
import { Button } from '../../kit/Button'
import { useMay } from '../../session/session'
import { AbortDialog } from './AbortDialog'
import { AdvanceDialog } from './AdvanceDialog'
import { ApproveDialog } from './ApproveDialog'
import { HoldDialog } from './HoldDialog'
import { ResumeDialog } from './ResumeDialog'

type Asked = 'hold' | 'resume' | 'advance' | 'approve' | 'abort' | null

/** What can be done with a rollout under way. Each press asks once more and names the consequence. */
export function Actions({ rollout: r }: { rollout: Rollout }) {
  const [asked, ask] = useState<Asked>(null)
  const may = useMay('deployer')
  if (r.final || !may) return null
  const way = r.waiting?.who ?? '' // the command that lets it go on
  const close = () => ask(null)
  return (
    <>
      {way.startsWith('davit approve') && (
        <Button kind="primary" icon="check" onClick={() => ask('approve')}>
          Approve
        </Button>
      )}
      {way.startsWith('davit resume') ? (
        <Button kind="primary" icon="play" onClick={() => ask('resume')}>
          Resume
        </Button>
      ) : (
        <Button icon="pause" onClick={() => ask('hold')}>
          Hold
        </Button>
      )}
      <Button kind={way.startsWith('davit promote') ? 'primary' : 'plain'} icon="right" onClick={() => ask('advance')}>
        Promote
      </Button>
      <Button kind="danger" icon="back" onClick={() => ask('abort')}>
        Abort
      </Button>
      {asked === 'hold' && <HoldDialog rollout={r} onClose={close} />}
      {asked === 'resume' && <ResumeDialog rollout={r} onClose={close} />}
      {asked === 'advance' && <AdvanceDialog rollout={r} onClose={close} />}
      {asked === 'approve' && <ApproveDialog rollout={r} onClose={close} />}
      {asked === 'abort' && <AbortDialog rollout={r} onClose={close} />}
    </>
  )
}
