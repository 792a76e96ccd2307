import { shortcuts } from '../app/shortcuts.ts'
import { Keys } from './ui/tip.tsx'

/** All shortcuts with what they do. */
export const ShortcutTable = () => (
  <table className="w-full text-sm">
    <caption className="sr-only">Keyboard shortcuts</caption>
    <tbody>
      {shortcuts.map(({ keys, what }) => (
        <tr key={keys} className="border-t border-line first:border-0">
          <th scope="row" className="py-2 text-left font-normal">
            {what}
          </th>
          <td className="py-2 text-right text-ink-2">
            <Keys keys={keys} />
          </td>
        </tr>
      ))}
    </tbody>
  </table>
)
