import { useGet } from '../../api/query'
import { Anchor } from '../../kit/Anchor'
import { Panel } from '../../kit/Panel'
import { FlagRow } from '../flags/FlagRow'

const most = 10

/** The flags of the project that is called like the service; nothing where there are none. */
export function Flags({ project }: { project: string }) {
  const flags = useGet('/flags', { project, limit: most })
  const items = flags.data?.items ?? []
  if (items.length === 0) return null
  return (
    <Panel title="Flags" flush aside={<Anchor to="/flags">{flags.data?.next ? `The first ${most}; all flags` : 'All flags'}</Anchor>}>
      <ul aria-label={`Flags of ${project}`}>
        {items.map((f) => (
          <FlagRow key={f.key} flag={f} />
        ))}
      </ul>
    </Panel>
  )
}
