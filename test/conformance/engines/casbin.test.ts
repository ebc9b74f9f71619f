import { createCasbinEngine } from '../../../agents/adapters/casbin/casbin-engine.ts';
import { engineSuite } from './engine-suite.ts';

engineSuite(
  'Casbin',
  async () => ({
    open: async () => createCasbinEngine(),
    stop: async () => {},
  }),
  150,
);
