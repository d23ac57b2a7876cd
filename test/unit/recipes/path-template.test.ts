import { expect, expectTypeOf, test } from 'vitest';
import { type ParentParameters, type PathParameters, PathTemplate } from '../../../recipes/model/path-template.ts';

const memberships = new PathTemplate('/tenants/{tenant}/users/{id}');

test('parameters are typed from the template', () => {
  expectTypeOf<PathParameters<'/tenants/{tenant}/users/{id}'>>().toEqualTypeOf<{ readonly tenant: string; readonly id: string }>();
  expectTypeOf<PathParameters<'/settings'>>().toEqualTypeOf<Readonly<Record<never, string>>>();
  expectTypeOf<PathParameters<string>>().toEqualTypeOf<{ readonly [name: string]: string }>();
  expectTypeOf<ParentParameters<'/tenants/{tenant}/users/{id}'>>().toEqualTypeOf<{ readonly tenant: string }>();
  expectTypeOf<ParentParameters<'/users/{id}'>>().toEqualTypeOf<Readonly<Record<never, string>>>();
  expectTypeOf<ParentParameters<'/users/{id}/keys'>>().toBeNever();
  // @ts-expect-error a parameter is missing
  expect(() => memberships.path({ tenant: 'a' })).toThrow();
});

test('a path is made of its parameters, and gives them back', () => {
  const path = memberships.path({ tenant: 'a b', id: 'ann@example.org' });
  expect(path).toBe('/tenants/a b/users/ann@example.org');
  expect(memberships.match(path)).toEqual({ tenant: 'a b', id: 'ann@example.org' });
  expect(memberships.parentPath({ tenant: 'a' })).toBe('/tenants/a/users');
});

test.each(['/tenants/a/users', '/tenants/a/users/b/c', '/tenants/a/groups/b', '/', '/tenants'])('%s is none of its paths', (path) => {
  expect(memberships.match(path)).toBeUndefined();
});

test.each(['constructor', '__proto__', '{id}', '$&'])('%s is a name like any other', (id) => {
  expect(memberships.match(memberships.path({ tenant: 'a', id }))?.id).toBe(id);
});

test.each<[string, unknown]>([
  ['empty', ''],
  ['a slash', 'a/b'],
  ['the parent', '..'],
  ['itself', '.'],
  ['a control character', 'a\u0000'],
  ['a number', 7],
  ['nothing', undefined],
])('a parameter that is %s is refused by name', (_, id) => {
  const parameters = { tenant: 'a', id } as never;
  const field = 'parameters of /tenants/{tenant}/users/{id}: id';
  expect(() => memberships.path(parameters)).toThrow(expect.objectContaining({ name: 'InvalidArgumentError', field }));
});

test.each<[string, unknown, string]>([
  ['an unknown parameter', { tenant: 'a', id: 'b', name: 'c' }, 'parameters of /tenants/{tenant}/users/{id}: name'],
  ['no parameters', undefined, 'parameters of /tenants/{tenant}/users/{id}'],
  ['an inherited one', Object.create({ tenant: 'a', id: 'b' }), 'parameters of /tenants/{tenant}/users/{id}: tenant'],
])('%s is refused by name', (_, parameters, field) => {
  expect(() => memberships.path(parameters as never)).toThrow(expect.objectContaining({ name: 'InvalidArgumentError', field }));
});

test.each(['users/{id}', '/users/{id}/', '/users/u-{id}', '/users/{}', '/users/{id', '/{id}/{id}', '/users/../{id}'])(
  'the template %s is refused',
  (template) => {
    expect(() => new PathTemplate(template)).toThrow(expect.objectContaining({ name: 'InvalidArgumentError', field: 'model.template' }));
  },
);

test('a template without parameters is one path, and has no children', () => {
  const settings = new PathTemplate('/settings');
  expect(settings.path({})).toBe('/settings');
  expect(settings.match('/settings')).toEqual({});
  expect(() => settings.parentPath({} as never)).toThrow(expect.objectContaining({ field: 'model.template' }));
  expect(settings.reach).toMatchObject({ root: '/settings', depth: 0 });
});

test('a view reaches from above the first parameter to the end, along the template', () => {
  const { root, depth, accept } = memberships.reach;
  expect([root, depth]).toEqual(['/tenants', 3]);
  const seen = ['/tenants/a', '/tenants/a/users', '/tenants/a/users/b', '/tenants/a/groups', '/tenants/a/users/b/c'].map(accept);
  expect(seen).toEqual([true, true, true, false, false]);
  expect(new PathTemplate('/{a}').reach.root).toBe('/');
});
