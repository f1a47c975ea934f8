export { assertMay, judge, verbs, type Act, type Judgement, type RightsWorld, type Verb } from './rights.ts';
