import { useMutation } from '@tanstack/react-query'
import { useLocation } from 'wouter'
import { queryClient } from '../api/queries.ts'

/**
 * Starts what a form describes; then what is listed of its kind is asked for anew, and its own screen is gone to.
 *
 * @param topic of the lists, as in the queries' keys
 * @param placeOf the screen of what was started
 */
export function useStart<Input, Made>(
  start: (input: Input) => Promise<Made>,
  topic: string,
  placeOf: (made: Made) => string,
) {
  const [, navigate] = useLocation()
  return useMutation({
    mutationFn: (input: Input) => start(input),
    onSuccess: (made) => {
      void queryClient.invalidateQueries({ queryKey: [topic] })
      navigate(placeOf(made))
    },
  })
}
