<#-- Second page: the password. The address stays in a hidden field for the browser's password store. -->
<#import "template.ftl" as layout>
<#import "field.ftl" as field>
<#import "buttons.ftl" as buttons>
<@layout.registrationLayout displayMessage=!messagesPerField.existsError('password'); section>
<#if section = "header">${msg("sandiJudul")}
<#elseif section = "form">
  <form id="kc-form-login" class="${properties.kcFormClass}" action="${url.loginAction}" method="post">
    <#if auth?has_content && auth.attemptedUsername??><input type="text" class="sembunyi" autocomplete="username" value="${auth.attemptedUsername}" readonly tabindex="-1" aria-hidden="true"></#if>
    <@field.password name="password" label=msg("password") forgotPassword=realm.resetPasswordAllowed autofocus=true autocomplete="current-password"/>
    <@buttons.loginButton/>
  </form>
</#if>
</@layout.registrationLayout>
