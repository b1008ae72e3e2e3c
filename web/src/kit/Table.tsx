import type { ReactNode } from 'preact/compat'
import css from './Table.module.css'

export interface Column<T> {
  name: ReactNode
  number?: boolean // set to the right
  wide?: boolean // whole sentences
  cell: (row: T) => ReactNode
}

interface Props<T> {
  caption: string
  columns: Column<T>[]
  rows: T[]
  rowKey: (row: T, i: number) => string
  scroll?: boolean
}

/**
 * Rows and columns. caption says what they are, for those who hear it. Where
 * there is no room for columns, the cells of a row stand below each other, each
 * beside its column's name; with scroll, for rows of bare numbers, they are
 * moved sideways instead. The roles say once more what is lost with the layout.
 */
export function Table<T>({ caption, columns, rows, rowKey, scroll = false }: Props<T>) {
  return (
    <div className={css.wrap} tabIndex={0} role="region" aria-label={caption}>
      <table className={scroll ? css.table : `${css.table} ${css.stack}`} role="table">
        <caption className="hidden-from-eyes">{caption}</caption>
        <thead role="rowgroup">
          <tr role="row">
            {columns.map((c, i) => (
              <th key={i} scope="col" role="columnheader" className={c.number ? css.number : undefined}>
                {c.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map((row, i) => (
            <tr key={rowKey(row, i)} role="row">
              {columns.map((c, j) => (
                <Cell key={j} column={c} named={!scroll && j > 0}>
                  {c.cell(row)}
                </Cell>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Cell<T>({ column, named, children }: { column: Column<T>; named: boolean; children: ReactNode }) {
  const empty = children === null || children === undefined || children === false || children === ''
  const kind = column.number ? css.number : column.wide ? css.wide : ''
  return (
    <td role="cell" className={empty ? `${kind} ${css.empty}` : kind}>
      {named && (
        <span className={css.name} aria-hidden="true">
          {column.name}
        </span>
      )}
      {named ? <div>{children}</div> : children}
    </td>
  )
}
