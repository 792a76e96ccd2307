import type { TrainingMethod } from '../../../src-main/contract/index.ts'

/** What a method is called and does, in plain words. */
export const methods: Record<TrainingMethod, { label: string; hint: string }> = {
  dgpo: {
    label: 'Imitate, then practice (DGPO)',
    hint: 'The student first imitates the teacher, then practices on its own: right answers are rewarded, wrong ones are pulled toward the teacher. The best results.',
  },
  kd: {
    label: 'Imitate the teacher (KD)',
    hint: 'Learns the teacher’s right answers word by word, and how sure the teacher was of each word.',
  },
  seqkd: { label: 'Copy the teacher’s texts (SeqKD)', hint: 'Learns the teacher’s right answers as plain text.' },
  gkd: {
    label: 'Half own, half teacher’s texts (GKD)',
    hint: 'Learns from its own attempts as well, each judged by the teacher word by word.',
  },
  distillm: {
    label: 'Own attempts when they help (DistiLLM)',
    hint: 'Uses its own attempts more often when imitation alone stops helping.',
  },
  taid: {
    label: 'A teacher that comes closer (TAID)',
    hint: 'The target moves step by step from the student to the teacher.',
  },
  ppo: {
    label: 'Practice alone (PPO)',
    hint: 'No teacher: right answers are rewarded. Needs a student that is right now and then.',
  },
  grpo: {
    label: 'Practice in groups (GRPO)',
    hint: 'No teacher: several attempts at each question are compared with each other.',
  },
}

/** How much work goes into a run, and what it costs; each is a part of the run's settings. */
export const efforts = {
  trial: {
    label: 'Trial',
    hint: 'To see how a training goes: a few steps, from which little is learned.',
    config: {
      distillation: { epochs: 1, batch: 8, maxSteps: 4, teacherTemperature: 0 },
      reinforcement: { steps: 2, batch: 8 },
      validation: { every: 2, questions: 8, testQuestions: 8 },
    },
  },
  quick: {
    label: 'Quick',
    hint: 'To see whether it learns at all: each question is looked at 6 times, then 20 steps of practice with 32 questions each.',
    config: {
      distillation: { epochs: 6, batch: 8, teacherTemperature: 0 },
      reinforcement: { steps: 20, batch: 32 },
      validation: { every: 5, questions: 50, testQuestions: 60 },
    },
  },
  normal: {
    label: 'Normal',
    hint: 'For most question sets: 100 steps of practice with 64 questions each, about 10 times the work of a quick one.',
    config: {
      distillation: { epochs: 5, teacherTemperature: 0 },
      reinforcement: { steps: 100, batch: 64 },
      validation: { testQuestions: 200 },
    },
  },
  thorough: {
    label: 'Thorough',
    hint: 'For large sets and a night: 500 steps of practice with 128 questions each, about 10 times the work of a normal one.',
    config: {
      distillation: { epochs: 5, teacherTemperature: 0 },
      reinforcement: { steps: 500, batch: 128 },
      validation: { testQuestions: null },
    },
  },
} as const

export type Effort = keyof typeof efforts

/** Methods in which a teacher takes part. */
export const needsTeacher = (method: TrainingMethod): boolean => method !== 'ppo' && method !== 'grpo'
