// Only what Biome cannot see: rules that need types, and two of our own. Biome does the rest.
import tseslint from 'typescript-eslint';

const notByText = 'Errors are told apart by class or code, never by their text.';
const message = "[property.name='message']";
const search = '/^(includes|startsWith|endsWith|match|matchAll|indexOf|search|split|localeCompare)$/';

/** `void promise;` hides a rejection, so it must say why there can be none, or who hears of it. */
const voidNeedsReason = {
  meta: {
    type: 'problem',
    messages: { unexplained: 'A promise left to itself needs a comment: why can it not reject, or who hears of it?' },
  },
  create(context) {
    const commented = (node) => {
      const { sourceCode } = context;
      const comments = [...sourceCode.getCommentsBefore(node), ...sourceCode.getCommentsAfter(node)];
      return comments.some(({ loc }) => loc.end.line >= node.loc.start.line - 1 && loc.start.line <= node.loc.end.line);
    };
    return {
      'ExpressionStatement[expression.type="UnaryExpression"][expression.operator="void"]'(node) {
        if (!commented(node)) context.report({ node, messageId: 'unexplained' });
      },
    };
  },
};

export default tseslint.config(
  { ignores: ['dist', 'node_modules', '**/*.js'] },
  {
    files: ['**/*.ts'],
    plugins: { '@typescript-eslint': tseslint.plugin, docent: { rules: { 'void-needs-reason': voidNeedsReason } } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    languageOptions: { parser: tseslint.parser, parserOptions: { project: ['test/tsconfig.json'], tsconfigRootDir: import.meta.dirname } },
    rules: {
      'docent/void-needs-reason': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { inheritedMethods: false } }],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unsafe-assignment': 'error',
      '@typescript-eslint/no-unsafe-call': 'error',
      '@typescript-eslint/no-unsafe-member-access': 'error',
      '@typescript-eslint/no-unsafe-return': 'error',
      '@typescript-eslint/no-unsafe-argument': 'error',
      '@typescript-eslint/only-throw-error': ['error', { allowThrowingUnknown: true }],
      '@typescript-eslint/prefer-promise-reject-errors': ['error', { allowThrowingUnknown: true }],
      'no-restricted-syntax': [
        'error',
        { selector: `CallExpression[callee.property.name=${search}][callee.object.property.name='message']`, message: notByText },
        { selector: `CallExpression[callee.property.name=/^(test|exec)$/] > MemberExpression.arguments${message}`, message: notByText },
        { selector: `SwitchStatement > MemberExpression.discriminant${message}`, message: notByText },
        // Whether there is a message at all may be asked.
        {
          selector: `BinaryExpression[operator=/^[!=]==?$/][left.value!=''][right.value!=''] > MemberExpression${message}`,
          message: notByText,
        },
      ],
    },
  },
  {
    // Parsed JSON and captured output are `any`; what a test expects of them is its check.
    files: ['test/**'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
);
