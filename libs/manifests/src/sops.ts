const encrypted = /^ENC\[AES256_GCM,data:[A-Za-z0-9+/=]*,iv:[A-Za-z0-9+/=]+,tag:[A-Za-z0-9+/=]+,type:[a-z]+\]$/;

/** True for a value that SOPS has encrypted, which may be shown and compared as it is. */
export function isEncrypted(text: string): boolean {
  return encrypted.test(text);
}
