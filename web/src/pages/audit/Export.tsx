import { Icon } from '../../kit/Icon'
import { useMay } from '../../session/session'
import css from './audit.module.css'

/** Leads to the whole journal as a file, for those who may have it. */
export function Export() {
  if (!useMay('admin')) return <span className={css.quiet}>An admin can export the whole journal.</span>
  return (
    <a className={css.export} href="/api/v1/audit/export" download>
      <Icon name="download" />
      Export the whole journal
    </a>
  )
}
